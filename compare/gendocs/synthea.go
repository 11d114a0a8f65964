package gendocs

// This file holds the types of the patient records: see json_types_test.go.

type syntheaFhir struct {
	ResourceType string             `json:"resourceType"`
	Type         string             `json:"type"`
	Entry        []syntheaFhirEntry `json:"entry"`
}

type syntheaFhirEntry struct {
	FullUrl  string                   `json:"fullUrl"`
	Resource syntheaFhirEntryResource `json:"resource"`
	Request  syntheaFhirEntryRequest  `json:"request"`
}

type syntheaFhirEntryRequest struct {
	Method string `json:"method"`
	Url    string `json:"url"`
}

type syntheaFhirEntryResource struct {
	ResourceType              string                                          `json:"resourceType"`
	Id                        string                                          `json:"id"`
	Text                      syntheaFhirEntryResourceText                    `json:"text,omitempty"`
	Extension                 []syntheaFhirEntryResourceExtension             `json:"extension,omitempty"`
	Identifier                []syntheaFhirEntryResourceIdentifier            `json:"identifier,omitempty"`
	Name                      any                                             `json:"name,omitempty"`
	Telecom                   []syntheaFhirEntryResourceTelecom               `json:"telecom,omitempty"`
	Gender                    string                                          `json:"gender,omitempty"`
	BirthDate                 string                                          `json:"birthDate,omitempty"`
	DeceasedDateTime          string                                          `json:"deceasedDateTime,omitempty"`
	Address                   []syntheaFhirEntryResourceAddress               `json:"address,omitempty"`
	MaritalStatus             syntheaFhirEntryResourceIdentifierType          `json:"maritalStatus,omitempty"`
	MultipleBirthBoolean      bool                                            `json:"multipleBirthBoolean,omitempty"`
	Communication             []syntheaFhirEntryResourceCommunication         `json:"communication,omitempty"`
	Active                    bool                                            `json:"active,omitempty"`
	Type                      any                                             `json:"type,omitempty"`
	Status                    string                                          `json:"status,omitempty"`
	Class                     syntheaFhirEntryResourceClass                   `json:"class,omitempty"`
	Subject                   syntheaFhirEntryResourceSubject                 `json:"subject,omitempty"`
	Participant               []syntheaFhirEntryResourceParticipant           `json:"participant,omitempty"`
	Period                    syntheaFhirEntryResourcePeriod                  `json:"period,omitempty"`
	ServiceProvider           syntheaFhirEntryResourceParticipantIndividual   `json:"serviceProvider,omitempty"`
	ClinicalStatus            syntheaFhirEntryResourceClinicalStatus          `json:"clinicalStatus,omitempty"`
	VerificationStatus        syntheaFhirEntryResourceClinicalStatus          `json:"verificationStatus,omitempty"`
	Code                      syntheaFhirEntryResourceIdentifierType          `json:"code,omitempty"`
	Encounter                 syntheaFhirEntryResourceEncounter               `json:"encounter,omitempty"`
	OnsetDateTime             string                                          `json:"onsetDateTime,omitempty"`
	RecordedDate              string                                          `json:"recordedDate,omitempty"`
	Use                       string                                          `json:"use,omitempty"`
	Patient                   syntheaFhirEntryResourceSubject                 `json:"patient,omitempty"`
	BillablePeriod            syntheaFhirEntryResourceBillablePeriod          `json:"billablePeriod,omitempty"`
	Created                   string                                          `json:"created,omitempty"`
	Provider                  syntheaFhirEntryResourceSubject                 `json:"provider,omitempty"`
	Priority                  syntheaFhirEntryResourceClinicalStatus          `json:"priority,omitempty"`
	Diagnosis                 []syntheaFhirEntryResourceDiagnosis             `json:"diagnosis,omitempty"`
	Insurance                 []syntheaFhirEntryResourceInsurance             `json:"insurance,omitempty"`
	Item                      []syntheaFhirEntryResourceItem                  `json:"item,omitempty"`
	Total                     any                                             `json:"total,omitempty"`
	Contained                 []syntheaFhirEntryResourceContained             `json:"contained,omitempty"`
	Insurer                   syntheaFhirEntryResourceContainedPayor          `json:"insurer,omitempty"`
	Referral                  syntheaFhirEntryResourceEncounter               `json:"referral,omitempty"`
	Claim                     syntheaFhirEntryResourceEncounter               `json:"claim,omitempty"`
	Outcome                   string                                          `json:"outcome,omitempty"`
	CareTeam                  []syntheaFhirEntryResourceCareTeam              `json:"careTeam,omitempty"`
	Payment                   syntheaFhirEntryResourcePayment                 `json:"payment,omitempty"`
	ReasonCode                []syntheaFhirEntryResourceReasonCode            `json:"reasonCode,omitempty"`
	ManagingOrganization      []syntheaFhirEntryResourceParticipantIndividual `json:"managingOrganization,omitempty"`
	Intent                    string                                          `json:"intent,omitempty"`
	Category                  []syntheaFhirEntryResourceReasonCode            `json:"category,omitempty"`
	Addresses                 []syntheaFhirEntryResourceEncounter             `json:"addresses,omitempty"`
	Activity                  []syntheaFhirEntryResourceActivity              `json:"activity,omitempty"`
	MedicationCodeableConcept syntheaFhirEntryResourceIdentifierType          `json:"medicationCodeableConcept,omitempty"`
	AuthoredOn                string                                          `json:"authoredOn,omitempty"`
	Requester                 syntheaFhirEntryResourceParticipantIndividual   `json:"requester,omitempty"`
	ReasonReference           []syntheaFhirEntryResourceSubject               `json:"reasonReference,omitempty"`
	Prescription              syntheaFhirEntryResourceEncounter               `json:"prescription,omitempty"`
	LifecycleStatus           string                                          `json:"lifecycleStatus,omitempty"`
	AchievementStatus         syntheaFhirEntryResourceClinicalStatus          `json:"achievementStatus,omitempty"`
	Description               syntheaFhirEntryResourceContainedType           `json:"description,omitempty"`
	Goal                      []syntheaFhirEntryResourceEncounter             `json:"goal,omitempty"`
	AbatementDateTime         string                                          `json:"abatementDateTime,omitempty"`
	EffectiveDateTime         string                                          `json:"effectiveDateTime,omitempty"`
	Issued                    string                                          `json:"issued,omitempty"`
	ValueQuantity             syntheaFhirEntryResourceValueQuantity           `json:"valueQuantity,omitempty"`
	PerformedPeriod           syntheaFhirEntryResourceBillablePeriod          `json:"performedPeriod,omitempty"`
	DosageInstruction         []syntheaFhirEntryResourceDosageInstruction     `json:"dosageInstruction,omitempty"`
	Started                   string                                          `json:"started,omitempty"`
	NumberOfSeries            int64                                           `json:"numberOfSeries,omitempty"`
	NumberOfInstances         int64                                           `json:"numberOfInstances,omitempty"`
	Series                    []syntheaFhirEntryResourceSeries                `json:"series,omitempty"`
	Procedure                 []syntheaFhirEntryResourceProcedure             `json:"procedure,omitempty"`
	VaccineCode               syntheaFhirEntryResourceIdentifierType          `json:"vaccineCode,omitempty"`
	OccurrenceDateTime        string                                          `json:"occurrenceDateTime,omitempty"`
	PrimarySource             bool                                            `json:"primarySource,omitempty"`
	SupportingInfo            []syntheaFhirEntryResourceSupportingInfo        `json:"supportingInfo,omitempty"`
	Component                 []syntheaFhirEntryResourceComponent             `json:"component,omitempty"`
	ValueCodeableConcept      syntheaFhirEntryResourceIdentifierType          `json:"valueCodeableConcept,omitempty"`
	Result                    []syntheaFhirEntryResourceParticipantIndividual `json:"result,omitempty"`
}

type syntheaFhirEntryResourceComponent struct {
	Code          syntheaFhirEntryResourceIdentifierType `json:"code"`
	ValueQuantity syntheaFhirEntryResourceValueQuantity  `json:"valueQuantity"`
}

type syntheaFhirEntryResourceSupportingInfo struct {
	Sequence       int64                                  `json:"sequence"`
	Category       syntheaFhirEntryResourceClinicalStatus `json:"category"`
	ValueReference syntheaFhirEntryResourceEncounter      `json:"valueReference"`
}

type syntheaFhirEntryResourceProcedure struct {
	Sequence           int64                             `json:"sequence"`
	ProcedureReference syntheaFhirEntryResourceEncounter `json:"procedureReference"`
}

type syntheaFhirEntryResourceSeries struct {
	Uid               string                                                `json:"uid"`
	Number            int64                                                 `json:"number"`
	Modality          syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"modality"`
	NumberOfInstances int64                                                 `json:"numberOfInstances"`
	BodySite          syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"bodySite"`
	Started           string                                                `json:"started"`
	Instance          []syntheaFhirEntryResourceSeriesInstance              `json:"instance"`
}

type syntheaFhirEntryResourceSeriesInstance struct {
	Uid      string                        `json:"uid"`
	SopClass syntheaFhirEntryResourceClass `json:"sopClass"`
	Number   int64                         `json:"number"`
	Title    string                        `json:"title"`
}

type syntheaFhirEntryResourceDosageInstruction struct {
	Sequence        int64                                                  `json:"sequence"`
	Timing          syntheaFhirEntryResourceDosageInstructionTiming        `json:"timing,omitempty"`
	AsNeededBoolean bool                                                   `json:"asNeededBoolean"`
	DoseAndRate     []syntheaFhirEntryResourceDosageInstructionDoseAndRate `json:"doseAndRate,omitempty"`
}

type syntheaFhirEntryResourceDosageInstructionDoseAndRate struct {
	Type         syntheaFhirEntryResourceItemCategory                             `json:"type"`
	DoseQuantity syntheaFhirEntryResourceDosageInstructionDoseAndRateDoseQuantity `json:"doseQuantity"`
}

type syntheaFhirEntryResourceDosageInstructionDoseAndRateDoseQuantity struct {
	Value float64 `json:"value"`
}

type syntheaFhirEntryResourceDosageInstructionTiming struct {
	Repeat syntheaFhirEntryResourceDosageInstructionTimingRepeat `json:"repeat"`
}

type syntheaFhirEntryResourceDosageInstructionTimingRepeat struct {
	Frequency  int64   `json:"frequency"`
	Period     float64 `json:"period"`
	PeriodUnit string  `json:"periodUnit"`
}

type syntheaFhirEntryResourceValueQuantity struct {
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	System string  `json:"system"`
	Code   string  `json:"code"`
}

type syntheaFhirEntryResourceActivity struct {
	Detail syntheaFhirEntryResourceActivityDetail `json:"detail"`
}

type syntheaFhirEntryResourceActivityDetail struct {
	Code     syntheaFhirEntryResourceIdentifierType `json:"code"`
	Status   string                                 `json:"status"`
	Location syntheaFhirEntryResourceContainedPayor `json:"location"`
}

type syntheaFhirEntryResourceReasonCode struct {
	Coding []syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"coding"`
	Text   string                                                  `json:"text,omitempty"`
}

type syntheaFhirEntryResourcePayment struct {
	Amount syntheaFhirEntryResourceItemNet `json:"amount"`
}

type syntheaFhirEntryResourceCareTeam struct {
	Sequence  int64                                `json:"sequence,omitempty"`
	Provider  syntheaFhirEntryResourceEncounter    `json:"provider,omitempty"`
	Role      syntheaFhirEntryResourceItemCategory `json:"role,omitempty"`
	Reference string                               `json:"reference,omitempty"`
}

type syntheaFhirEntryResourceContained struct {
	ResourceType string                                   `json:"resourceType"`
	Id           string                                   `json:"id"`
	Status       string                                   `json:"status"`
	Intent       string                                   `json:"intent,omitempty"`
	Subject      syntheaFhirEntryResourceEncounter        `json:"subject,omitempty"`
	Requester    syntheaFhirEntryResourceEncounter        `json:"requester,omitempty"`
	Performer    []syntheaFhirEntryResourceEncounter      `json:"performer,omitempty"`
	Type         syntheaFhirEntryResourceContainedType    `json:"type,omitempty"`
	Beneficiary  syntheaFhirEntryResourceEncounter        `json:"beneficiary,omitempty"`
	Payor        []syntheaFhirEntryResourceContainedPayor `json:"payor,omitempty"`
}

type syntheaFhirEntryResourceContainedPayor struct {
	Display string `json:"display"`
}

type syntheaFhirEntryResourceContainedType struct {
	Text string `json:"text"`
}

type syntheaFhirEntryResourceItem struct {
	Sequence                int64                                      `json:"sequence"`
	ProductOrService        syntheaFhirEntryResourceIdentifierType     `json:"productOrService"`
	Encounter               []syntheaFhirEntryResourceEncounter        `json:"encounter,omitempty"`
	DiagnosisSequence       []int64                                    `json:"diagnosisSequence,omitempty"`
	Category                syntheaFhirEntryResourceItemCategory       `json:"category,omitempty"`
	ServicedPeriod          syntheaFhirEntryResourceBillablePeriod     `json:"servicedPeriod,omitempty"`
	LocationCodeableConcept syntheaFhirEntryResourceItemCategory       `json:"locationCodeableConcept,omitempty"`
	ProcedureSequence       []int64                                    `json:"procedureSequence,omitempty"`
	Net                     syntheaFhirEntryResourceItemNet            `json:"net,omitempty"`
	Adjudication            []syntheaFhirEntryResourceItemAdjudication `json:"adjudication,omitempty"`
	InformationSequence     []int64                                    `json:"informationSequence,omitempty"`
}

type syntheaFhirEntryResourceItemAdjudication struct {
	Category syntheaFhirEntryResourceItemCategory `json:"category"`
	Amount   syntheaFhirEntryResourceItemNet      `json:"amount,omitempty"`
}

type syntheaFhirEntryResourceItemNet struct {
	Value    float64 `json:"value"`
	Currency string  `json:"currency"`
}

type syntheaFhirEntryResourceItemCategory struct {
	Coding []syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"coding"`
}

type syntheaFhirEntryResourceInsurance struct {
	Sequence int64                                     `json:"sequence,omitempty"`
	Focal    bool                                      `json:"focal"`
	Coverage syntheaFhirEntryResourceInsuranceCoverage `json:"coverage"`
}

type syntheaFhirEntryResourceInsuranceCoverage struct {
	Display   string `json:"display"`
	Reference string `json:"reference,omitempty"`
}

type syntheaFhirEntryResourceDiagnosis struct {
	Sequence           int64                                    `json:"sequence"`
	DiagnosisReference syntheaFhirEntryResourceEncounter        `json:"diagnosisReference"`
	Type               []syntheaFhirEntryResourceClinicalStatus `json:"type,omitempty"`
}

type syntheaFhirEntryResourceBillablePeriod struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

type syntheaFhirEntryResourceEncounter struct {
	Reference string `json:"reference"`
}

type syntheaFhirEntryResourceClinicalStatus struct {
	Coding []syntheaFhirEntryResourceClass `json:"coding"`
}

type syntheaFhirEntryResourcePeriod struct {
	Start string `json:"start"`
	End   string `json:"end,omitempty"`
}

type syntheaFhirEntryResourceParticipant struct {
	Individual syntheaFhirEntryResourceParticipantIndividual `json:"individual,omitempty"`
	Role       []syntheaFhirEntryResourceIdentifierType      `json:"role,omitempty"`
	Member     syntheaFhirEntryResourceParticipantIndividual `json:"member,omitempty"`
}

type syntheaFhirEntryResourceParticipantIndividual struct {
	Reference string `json:"reference"`
	Display   string `json:"display"`
}

type syntheaFhirEntryResourceSubject struct {
	Reference string `json:"reference"`
	Display   string `json:"display,omitempty"`
}

type syntheaFhirEntryResourceClass struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

type syntheaFhirEntryResourceCommunication struct {
	Language syntheaFhirEntryResourceIdentifierType `json:"language"`
}

type syntheaFhirEntryResourceAddress struct {
	Extension  []syntheaFhirEntryResourceAddressExtension `json:"extension,omitempty"`
	Line       []string                                   `json:"line"`
	City       string                                     `json:"city"`
	State      string                                     `json:"state"`
	PostalCode string                                     `json:"postalCode"`
	Country    string                                     `json:"country"`
}

type syntheaFhirEntryResourceAddressExtension struct {
	Url       string                                              `json:"url"`
	Extension []syntheaFhirEntryResourceAddressExtensionExtension `json:"extension"`
}

type syntheaFhirEntryResourceAddressExtensionExtension struct {
	Url          string  `json:"url"`
	ValueDecimal float64 `json:"valueDecimal"`
}

type syntheaFhirEntryResourceTelecom struct {
	System string `json:"system"`
	Value  string `json:"value"`
	Use    string `json:"use,omitempty"`
}

type syntheaFhirEntryResourceIdentifier struct {
	System string                                 `json:"system"`
	Value  string                                 `json:"value"`
	Type   syntheaFhirEntryResourceIdentifierType `json:"type,omitempty"`
	Use    string                                 `json:"use,omitempty"`
}

type syntheaFhirEntryResourceIdentifierType struct {
	Coding []syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"coding"`
	Text   string                                                  `json:"text"`
}

type syntheaFhirEntryResourceExtension struct {
	Url          string                                        `json:"url"`
	Extension    []syntheaFhirEntryResourceExtensionExtension  `json:"extension,omitempty"`
	ValueString  string                                        `json:"valueString,omitempty"`
	ValueCode    string                                        `json:"valueCode,omitempty"`
	ValueAddress syntheaFhirEntryResourceExtensionValueAddress `json:"valueAddress,omitempty"`
	ValueDecimal float64                                       `json:"valueDecimal,omitempty"`
}

type syntheaFhirEntryResourceExtensionValueAddress struct {
	City    string `json:"city"`
	State   string `json:"state"`
	Country string `json:"country"`
}

type syntheaFhirEntryResourceExtensionExtension struct {
	Url         string                                                `json:"url"`
	ValueCoding syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"valueCoding,omitempty"`
	ValueString string                                                `json:"valueString,omitempty"`
}

type syntheaFhirEntryResourceExtensionExtensionValueCoding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

type syntheaFhirEntryResourceText struct {
	Status string `json:"status"`
	Div    string `json:"div"`
}
